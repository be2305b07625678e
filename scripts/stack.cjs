#!/usr/bin/env node
'use strict';

const { join } = require('node:path');
const { start } = require('./start.cjs');

start(join(__dirname, 'stack.ts'), process.argv.slice(2));
