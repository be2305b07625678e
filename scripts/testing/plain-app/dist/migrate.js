console.log(JSON.stringify({ level: 'info', time: new Date().toISOString(), msg: 'nothing to migrate' }));
