--- clnrm lsp: the language server, for editors.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Serves editors: diagnostics, formatting and more.",
  usage = "clnrm lsp [options]",
  examples = {
    { "clnrm lsp", "what an editor is told to start: docs/editors.md" },
    { "clnrm lsp --trust", "the rules in the project's lint/*.lua are run as well" },
  },
  text = "It speaks the language server protocol 3.17.  Texts are judged as they are in the\n"
    .. "editor, saved or not.  Nothing of a project is executed without --trust, and with it the\n"
    .. "rules of lint alone, restricted as in `clnrm lint`.  Exit code 0: `shutdown` and `exit`;\n"
    .. "1: the client is gone without that; 2: what came was not the protocol.\n",
  exits = { 0, 1, 2 },
}

function M.run(cx)
  local refused = cx:check_args(0)
  if refused then
    return refused
  elseif require("core.term").is_tty(0) then
    return cx:usage_error("standard input is a terminal: an editor starts this and talks to it",
      "docs/editors.md says how it is set up")
  end
  if cx.opts.vars == "-" then
    return cx:usage_error("--vars -: standard input is the editor's", "name a file")
  end
  if cx.opts.config and not cx:find_project() then
    return exit_codes.INPUT
  end
  local user, define = cx:read_user_config(), require("engine.cli.defines").read(cx)
  if user == nil or not define then
    return exit_codes.INPUT
  end
  local server = require("engine.lsp.server").new({
    fd_in = 0, fd_out = 1, opts = cx.opts, user = user or nil, define = define,
    say = function(text)
      cx.err:write(("clnrm lsp: %s\n"):format(cx:safe(text)))
    end,
  })
  local code, why = server:run()
  if why then
    cx:error(why)
  end
  return code
end

return M
