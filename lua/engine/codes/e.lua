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
The system refused to read a file or a directory that was asked for, or that was found. A test
that cannot be read is never passed over in silence.]],
    },
    E005 = {
      title = "No test file is found",
      text = [[
A directory holds no file that is named `*.clnrm.toml`, `*.clnrm.toml.tera`, `*.toml.tera` or
`*.clnrm.lua`, or `.gitignore` and `.clnrmignore` leave none. A path given by name may be any
`.toml`, `.tera` or `.lua` file.]],
    },
    E008 = {
      title = "This directory cannot be a project",
      text = [[
A room shows the project at /project: the folder of the nearest `clnrm.toml`, else the test file's
own. For a file in `/` that would be everything, secrets included; `/home`, `/tmp`, `/etc` and their
like, and your home directory without a `clnrm.toml`, hold what is not the project's. Put the tests
into a directory of their own (`clnrm init` makes one), or give the room no project:
`[room] project = "none"`.]],
    },
    E009 = {
      title = "An image that clnrm.lock does not have",
      text = [[
With `--locked` the name of an image means what clnrm.lock says, and nothing else. The file is not
there, has no entry for this name and platform, or has another image than the one that is there
under that name. `clnrm pull` writes the file, to be committed; `clnrm pull --locked` gets the very
images that it has. Without `--locked` an image that is there is used as it is.]],
    },
    E010 = {
      title = "The image of a service cannot be built",
      text = [[
A step of the Dockerfile that `build` names failed; the message has the step and the last lines that
it printed. Nothing was run. The same build by hand: `docker build CONTEXT`.]],
    },
    E007 = {
      title = "Not the name of a test file",
      text = [[
A path given by name must end with `.toml`, `.tera` or `.lua`. `clnrm.toml` and `cleanroom.toml` are
the settings of a project: every command reads them, and none takes them for a test.]],
    },
    E110 = {
      title = "A selection that cannot be read",
      text = [[
The expression of `-k`, or the glob of `--only`, is not well formed. In `-k`, words are joined by
`and`, `or`, `not` and parentheses; a word is looked for in the test's name and file and compared
with its tags; `name:`, `file:` and `tag:` look at one of them; quotes keep blanks together. In
`--only`, `*` stands for anything, `?` for one character, `[a-z]` for one of a set, `{a,b}` for
one of some texts; behind a `\` each of them stands for itself.]],
    },
    E111 = {
      title = "No scenario stands at this line",
      text = [[
`FILE:LINE` means the scenario whose tables, or whose function, hold that line. This line belongs to
none: it is in another table, in front of the first one, or past the end of the file.]],
    },
    E201 = {
      title = "Unknown key in the project file",
      text = [[
`clnrm.toml` has a key that clnrm does not know; when one is nearly the same, the message says so,
else it lists those of the section. `clnrm help config` lists all keys.]],
    },
    E202 = {
      title = "A key of the project file without effect in this build",
      text = [[
The key or section belongs to clnrm, but nothing in this build acts on it. What is accepted has an
effect, so it is refused: leave it out, or use a build that has it.]],
    },
    E203 = {
      title = "Wrong value in the project file",
      text = "The value of a key has the wrong type, or is none of those that the key can have.",
    },
    E204 = {
      title = "A setting is given twice under two names",
      text = [[
Some keys of the project file have an older spelling. Only one of the two may stand in a file, since
which of them wins would be a guess.]],
    },
    E205 = {
      title = "Wrong value in an environment variable",
      text = [[
A variable `CLNRM_NAME` (or `CLEANROOM_NAME`) holds what its setting cannot be. `clnrm help
environment` lists the variables, `clnrm config` shows which of them holds.]],
    },
    E206 = {
      title = "The project asks for another version of clnrm",
      text = [[
`required-version` of `clnrm.toml` names the versions that a project can be run with: `">=1.2"`,
or several comparisons that must all hold, `">=1.2, <2"`. This clnrm is none of them. Nothing else
of the file is complained of: another version may know it.]],
    },
    E207 = {
      title = "A setting that a user's own file may not have",
      text = [[
`~/.config/clnrm/config.toml` (or `$XDG_CONFIG_HOME/clnrm/config.toml`) may hold `[ui]`,
`[record]` and `[repl]`: how things look, and what is kept. Whatever else there is could change a
verdict, and a test would then pass for one and fail for another. It belongs in the project's
`clnrm.toml`.]],
    },
    E208 = {
      title = "An unknown profile",
      text = [[
`--profile` or `CLNRM_PROFILE` names a profile that is neither `default` nor `ci` nor a
`[profile.NAME]` of `clnrm.toml`.]],
    },
    E220 = {
      title = "A reporter of the project is wrong",
      text = [[
`--report FILE.lua` names a file of Lua that returns a table with some of the functions `on_begin`,
`on_test_begin`, `on_step`, `on_test_end`, `on_end` and `on_event`, and nothing else. It is loaded
before anything runs: a file that cannot be read, is no Lua, raises an error or returns something
else ends the run with exit code 2.]],
    },
    E221 = {
      title = "A reporter of the project failed",
      text = [[
A function of `--report FILE.lua` raised an error, or did not come to its end. The reporter is not
called again. No verdict changes, and other reports are complete; since what was asked for is not
there, the exit code is 2 at least.]],
    },
    E222 = {
      title = "A report that a test file asks for cannot be written",
      text = [[
`[report]` of a test file names files of its project. The folder must be there; what lies at that
path already must be a report of the kind, since a test file says nothing about other files. Several
test files may name one path: the report has the results of all of them. Two kinds of reports, or
`--report` and a test file, cannot go to one path.]],
    },
    E210 = {
      title = "A quarantine that cannot be read",
      text = [=[
`.clnrm/quarantine.toml` lists tests that are known to be flaky, for `--flaky quarantine`: a list of
`[[test]]`, each with `id` (the test as reports name it, its file as seen from the project),
`reason`, and when it is not for ever `until`, the last day on which it holds.]=],
    },
    E211 = {
      title = "An entry of the quarantine that does nothing",
      text = [[
The last day of the entry is over, or no such test is there. The test that it named is judged as any
other. Take the entry out, or give it a new day or the test's new name.]],
    },
  },
}
