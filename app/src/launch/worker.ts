import { Bundle } from './bundle.ts';

new Bundle().run(import.meta.dirname, 'worker');
