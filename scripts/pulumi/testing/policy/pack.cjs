const { PolicyPack } = require('@pulumi/policy');

new PolicyPack('fixture', {
  enforcementLevel: 'mandatory',
  policies: [
    {
      name: 'no-forbidden-release',
      description: 'No release is called forbidden',
      validateResource: ({ props }, report) => {
        if (props.release === 'forbidden') report('it runs a release that is called forbidden');
      },
    },
  ],
});
