--- Family E: engine, paths and configuration.  See engine.codes for the form of a page.
---@type engine.codes.Family
return {
  letter = "E",
  title = "Engine, paths and configuration",
  codes = {
    E001 = {
      title = "No such file or directory",
      text = [[
A path on the command line does not exist. When a name beside it is nearly the same, the message
says so. A path that starts with `-` is given after `--`.]],
    },
    E002 = {
      title = "Not a regular file",
      text = [[
Test files are regular files. A FIFO, a socket, a device or a directory by that name is never
opened: reading it could wait for ever.]],
    },
    E003 = {
      title = "The file is too large",
      text = "A test file has at most 16 MiB.",
    },
    E004 = {
      title = "The file cannot be read",
      text = [[
The system refused to read a file or a directory that was asked for, or that was found. A test that
cannot be read is never passed over in silence.]],
    },
    E005 = {
      title = "No test file is found",
      text = [[
A directory holds no file that is named `*.clnrm.toml`, `*.clnrm.toml.tera`, `*.toml.tera` or
`*.clnrm.lua`, or `.gitignore` and `.clnrmignore` leave none. A path given by name may be any
`.toml`, `.tera` or `.lua` file.]],
    },
    E006 = {
      title = "Lua tests are not run by this build",
      text = [[
A `*.clnrm.lua` file was found. This build has no test API for Lua yet, so the file's tests get the
verdict `error`. To run it as a plain program: `clnrm FILE.lua`.]],
    },
    E008 = {
      title = "The project would be the whole file system",
      text = [[
A room shows the project at /project: the folder of the nearest `clnrm.toml`, else the test file's
own. For a file in `/` that would be everything, secrets included.]],
    },
    E007 = {
      title = "Not the name of a test file",
      text = "A path given by name must end with `.toml`, `.tera` or `.lua`.",
    },
  },
}
