// Alternates between the subjects, so that other work of the machine affects all of them alike.

/**
 * Milliseconds that one call of each subject takes: `{ name: [one figure for each round] }`. A subject is `{ prepare, run }`.
 * `prepare` is not timed, and `run` receives its result. In a round each subject has `calls` turns. The first `warmUp` rounds are
 * discarded.
 */
export async function alternate(subjects, { rounds, calls, warmUp = 1 }) {
  const samples = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round += 1) {
    const times = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
    for (let call = 0; call < calls; call += 1) {
      for (const [name, subject] of shuffled(Object.entries(subjects)))
        times[name].push(await time(subject));
    }
    if (round < 0) continue;
    for (const name of Object.keys(subjects)) samples[name].push(middle(times[name]));
  }
  return samples;
}

/** Milliseconds of one call. */
export async function time({ prepare = () => {}, run }) {
  const input = await prepare();
  const began = performance.now();
  await run(input);
  return performance.now() - began;
}

/** The mean of the middle half. It excludes calls that other work delayed, and is finer than the page's clock. */
export function middle(times) {
  const sorted = times.toSorted((left, right) => left - right);
  const half = sorted.slice(Math.floor(times.length / 4), Math.ceil((times.length * 3) / 4));
  return half.reduce((sum, value) => sum + value, 0) / half.length;
}

/** Shuffles the subjects, so that none always pays for the garbage of the same predecessor. */
function shuffled(list) {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [list[last], list[other]] = [list[other], list[last]];
  }
  return list;
}
