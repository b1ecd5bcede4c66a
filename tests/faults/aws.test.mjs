import { matrix } from './matrix.mjs';

matrix('aws');
