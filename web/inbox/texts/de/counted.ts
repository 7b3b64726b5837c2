import { counting } from '../counted.ts';

export const counted = counting('de');
