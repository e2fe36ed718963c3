import { distance } from 'fastest-levenshtein';

/** Which name was meant by one that does not exist: one that it begins with, or that differs from it in few letters. */
export function nearest(wanted: string, names: readonly string[]): string | undefined {
  const tolerated = Math.min(4, Math.max(1, Math.floor(wanted.length / 3)));
  const [found] = names
    .map((name) => ({ name, letters: distance(wanted.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, letters }) => letters <= tolerated || wanted.startsWith(name))
    .sort((one, other) => one.letters - other.letters);
  return found?.name;
}
