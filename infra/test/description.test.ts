import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { readDescription } from '../lib/description.ts';

const folder = mkdtempSync(join(tmpdir(), 'ackflow-synth-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function written(text: string): string {
  const file = join(folder, 'synth.json');
  writeFileSync(file, text);
  return file;
}

describe('A description that can not be read is told, with what to do', () => {
  test('one that is not there', () => {
    expect(() => readDescription('/nowhere/synth.json')).toThrow(/no such file .*\nWrite it with `cargo run/);
  });

  test('one that is not JSON', () => {
    expect(() => readDescription(written(''))).toThrow(/can't be read: .*\nWrite it with `cargo run/);
  });

  test('one of another version', () => {
    expect(() => readDescription(written('{"version":2}'))).toThrow('is of version 2; this deployment reads version 1');
  });

  test('by the program, without a stack trace', () => {
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/ackflow.ts'], {
      cwd: join(import.meta.dirname, '..'),
      env: { ACKFLOW_SYNTH: '/nowhere/synth.json' },
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toContain('Write it with `cargo run');
    expect(stderr).not.toContain('    at ');
  });
});
