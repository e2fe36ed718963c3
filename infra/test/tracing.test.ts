import { describe, expect, test } from 'vitest';

import { roles } from './roles.ts';
import { app, template } from './synthesized.ts';

/** The actions on X-Ray that any role of the stack allows. */
function xray(context: object): string[] {
  return roles(app({ ...context }).stack)
    .flatMap(({ statements }) => statements.flatMap(({ actions }) => actions))
    .filter((action) => action.startsWith('xray:'));
}

describe('Traces', () => {
  test('are sent, if nothing else is said', () => {
    expect(template({ tracing: 'on' }).toJSON()).toEqual(template().toJSON());
    expect(xray({})).not.toEqual([]);
  });

  test('are neither sent nor allowed, if that is asked for', () => {
    const off = JSON.stringify(template({ tracing: 'off' }).toJSON());
    expect(off).not.toContain('"Mode":"Active"');
    expect(off).not.toContain('"TracingConfiguration":{"Enabled":true}');
    expect(xray({ tracing: 'off' })).toEqual([]);
  });

  test('are an option of an environment too', () => {
    expect(xray({ env: 'stg', stg: { tracing: 'off' } })).toEqual([]);
  });

  test('are on or off', () => {
    expect(() => app({ tracing: 'some' })).toThrow("Tracing can't be `some`.\nChoose one: on, off");
  });
});
