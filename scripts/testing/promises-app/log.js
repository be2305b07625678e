exports.log = (level, msg) => console.log(JSON.stringify({ level, time: new Date().toISOString(), msg }));
