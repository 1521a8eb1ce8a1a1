import { defineErrors } from '@wharf/kit';

export const { definitions: linuxErrors, fail } = defineErrors({
  OPERATION_FAILED: { kind: 'system', description: 'The kernel refused one step of a cell program.' },
  CELL_LOST: { kind: 'system', description: 'A cell ended or broke its connection before it had answered.' },
});
