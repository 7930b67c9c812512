// Starts Azurite and ends it when standard input closes: a test process that dies closes it, so no emulator is left behind.
"use strict";

function stop() {
  process.emit("SIGTERM"); // Azurite's handler: writes to disk what is in memory and closes its servers
  setTimeout(() => process.exit(0), 5000).unref(); // connections may be kept open
}

process.stdin.resume();
process.stdin.once("end", stop);
require("azurite/dist/src/azurite.js");
