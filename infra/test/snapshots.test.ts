import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { deploying } from './description.ts';
import { roles, roleText } from './roles.ts';
import { app, template } from './synthesized.ts';

const FOLDER = join(import.meta.dirname, '../../snapshots/infra');
const PROD = { env: 'prod', alarmEmail: 'operators@example.com' };

describe('What a reviewer reads', () => {
  test('the template of prod', async () => {
    const json = JSON.stringify(template(PROD).toJSON(), undefined, 2).replaceAll(
      /[0-9a-f]{64}/g,
      '[hash of the code]',
    );
    await expect(`${json}\n`).toMatchFileSnapshot(join(FOLDER, 'template.json'));
  });

  test('the roles of prod and what each may do', async () => {
    const text = roles(app(PROD).stack).map(roleText).join('\n');
    await expect(text).toMatchFileSnapshot(join(FOLDER, 'roles.txt'));
  });

  test('the roles that may do more where services are deployed by builds and state machines', async () => {
    const without = new Set(roles(app(PROD).stack).map(roleText));
    const more = roles(app(PROD, deploying()).stack).map(roleText);
    const text = more.filter((role) => !without.has(role)).join('\n');
    await expect(text).toMatchFileSnapshot(join(FOLDER, 'roles-deploying.txt'));
  });

  test('no snapshot is left over', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(['roles-deploying.txt', 'roles.txt', 'template.json']);
  });
});
