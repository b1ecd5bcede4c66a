import { matrix } from './matrix.mjs';

matrix('azure');
