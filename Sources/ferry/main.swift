import CMalloc
import FerryCommands
import Foundation

// A reader that goes away (`ferry plan | head`) is an error of that write, not the end of the process.
signal(SIGPIPE, SIG_IGN)
// One arena for all threads: large buffers come and go on many threads, and arenas of their own would keep them.
mallopt(M_ARENA_MAX, 1)
exit(await FerryProgram.run(CommandLine.arguments))
