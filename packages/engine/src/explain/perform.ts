import type { Cell, Program } from '@wharf/linux';
import { chaptersOf } from './chapters.ts';
import type { Narrator } from './narrator.ts';

/** Performs the program of a start; with a narrator chapter by chapter, so that each can be measured. */
export async function performTold(cell: Cell, program: Program, explain: Narrator | undefined): Promise<void> {
  if (!explain) {
    await cell.perform(program);
    return;
  }
  for (const chapter of chaptersOf(program)) {
    await cell.perform(chapter.program);
    explain.lap(chapter.area, chapter.text);
  }
}
