import FerryCommands
import Foundation

exit(await FerryProgram.run(CommandLine.arguments))
