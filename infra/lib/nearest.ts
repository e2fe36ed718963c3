/** Which name was meant by one that does not exist: one that it begins with, or that differs from it in few letters. */
export function nearest(wanted: string, names: readonly string[]): string | undefined {
  const tolerated = Math.min(4, Math.max(1, Math.floor(wanted.length / 3)));
  const [found] = names
    .map((name) => ({ name, letters: distance(wanted.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, letters }) => letters <= tolerated || wanted.startsWith(name))
    .sort((one, other) => one.letters - other.letters);
  return found?.name;
}

/** How many letters have to be put in, taken out or replaced (Levenshtein). */
function distance(one: string, other: string): number {
  let above = [...Array(other.length + 1).keys()];
  for (let i = 0; i < one.length; i++) {
    const row = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const replaced = (above[j] ?? 0) + (one[i] === other[j] ? 0 : 1);
      row.push(Math.min(replaced, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    above = row;
  }
  return above.at(-1) ?? 0;
}
