// Pulumi requires the pack and compiles what is required; imported, Node strips the types itself, as for the program.
module.exports = import('./index.ts');
