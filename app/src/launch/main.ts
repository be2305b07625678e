import { Bundle } from './bundle.ts';

new Bundle().runOrExit(import.meta.dirname, 'main');
