/** What a machine on a page outside of the book says of where it comes from. */
export function originTitle(chapter: number): string {
  return `Writing a Toy OS in Rust, chapter ${chapter}`;
}
