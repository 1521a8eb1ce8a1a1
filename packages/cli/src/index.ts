export { definitions as cliErrors } from './errors.ts';
export { definitions as templateErrors } from './template/errors.ts';
