import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { configurationFile } from '../lib/configuration.ts';
import { Environment } from '../lib/environment.ts';
import { app } from './synthesized.ts';

let root: string;
let infra: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ackflow-configuration-'));
  infra = join(root, 'infra');
  mkdirSync(infra);
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

/** A file in the root. */
function written(name: string, text = ''): string {
  writeFileSync(join(root, name), text);
  return join(root, name);
}

function chosen(context: Record<string, unknown> = {}): string | undefined {
  return configurationFile(new Environment(new App({ context }).node), infra);
}

describe('The configuration file', () => {
  test('is the one in the root, if there is one', () => {
    expect(chosen()).toBeUndefined();
    const file = written('ackflow.toml');
    expect(chosen()).toBe(file);
  });

  test('is another one, if that is asked for', () => {
    written('ackflow.toml');
    const other = written('other.toml');
    expect(chosen({ config: '../other.toml' })).toBe(other);
    expect(chosen({ config: other })).toBe(other);
    expect(chosen({ env: 'prod', prod: { config: '../other.toml' } })).toBe(other);
  });

  test('must be there, if it is asked for', () => {
    expect(() => chosen({ config: '../lost.toml' })).toThrow(
      `There is no configuration file ${join(root, 'lost.toml')}.\nSay where it is, as seen from infra/`,
    );
    expect(() => chosen({ config: '..' })).toThrow(`${root} is no file.\nSay where it is`);
  });
});

describe('A function', () => {
  /** The folder that is packed for a function, and the name that is made of its hash. */
  function asset(context: Record<string, unknown>) {
    const { outdir, stack } = app({ 'aws:cdk:enable-asset-metadata': true, ...context });
    const [lambda] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function')) as {
      Metadata: { 'aws:asset:path': string };
      Properties: { Code: { S3Key: string } };
    }[];
    const folder = join(outdir, lambda?.Metadata['aws:asset:path'] ?? '');
    return { folder, key: lambda?.Properties.Code.S3Key };
  }

  test('has the configuration beside its executable', () => {
    const config = written('any.toml', 'text');
    const { folder } = asset({ config });
    expect(readdirSync(folder).sort()).toEqual(['ackflow.toml', 'bootstrap']);
    expect(readFileSync(join(folder, 'ackflow.toml'), 'utf8')).toBe('text');
  });

  test('is another version with another executable or configuration', () => {
    const config = written('any.toml', 'one');
    const first = asset({ config }).key;
    expect(asset({ config }).key).toBe(first);
    expect(asset({ config, arch: 'x86_64' }).key).not.toBe(first);
    written('any.toml', 'two');
    expect(asset({ config }).key).not.toBe(first);
  });
});
