let lives = 0;

export function next() {
  lives += 1;
  return lives;
}
