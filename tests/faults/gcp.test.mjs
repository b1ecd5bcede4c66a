import { matrix } from './matrix.mjs';

matrix('gcp');
