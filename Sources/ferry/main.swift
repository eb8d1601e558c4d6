import FerryCommands
import Foundation

// A reader that goes away (`ferry plan | head`) is an error of that write, not the end of the process.
signal(SIGPIPE, SIG_IGN)
exit(await FerryProgram.run(CommandLine.arguments))
