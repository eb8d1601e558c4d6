import CMalloc
import FerryCommands
import Foundation

// A reader that goes away (`ferry plan | head`) is an error of that write, not the end of the process.
signal(SIGPIPE, SIG_IGN)
// A standard stream that the caller has closed would be the next file opened, and get what is meant for the terminal.
for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 { _ = open("/dev/null", O_RDWR) }
// One arena for all threads: large buffers come and go on many threads, and arenas of their own would keep them.
mallopt(M_ARENA_MAX, 1)
exit(await FerryProgram.run(CommandLine.arguments))
