export { definitions as cliErrors } from './errors.ts';
