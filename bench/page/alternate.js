// Subjects take turns, so that whatever else the machine does falls on all of them alike.

/**
 * Milliseconds that one call of each subject takes: `{ name: [one figure for each round] }`. A subject is
 * `{ prepare, run }`: what `prepare` does is not timed, and what it returns is what `run` gets. In a round each has `calls`
 * turns. `warmUp` rounds count for nothing.
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

/** Mean of the middle half: without the calls in which the machine was busy elsewhere, and finer than the page's clock. */
export function middle(times) {
  const sorted = times.toSorted((left, right) => left - right);
  const half = sorted.slice(Math.floor(times.length / 4), Math.ceil((times.length * 3) / 4));
  return half.reduce((sum, value) => sum + value, 0) / half.length;
}

/** In another order each time, so that nobody always runs behind the same neighbour, or in its garbage. */
function shuffled(list) {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [list[last], list[other]] = [list[other], list[last]];
  }
  return list;
}
