--- textDocument/formatting and rangeFormatting: what `clnrm fmt` makes of a text.
---
--- The project's [fmt] says how wide and how far indented, not the editor.  A text that fmt leaves
--- as it is, because it is no TOML say, has no edits: the diagnostics say what is wrong with it.
local edits = require("engine.lsp.edits")
local fmt = require("engine.fmt")
local json = require("core.json")
local params_of = require("engine.lsp.params")
local rpc = require("engine.lsp.rpc")

---@class engine.lsp.formatting
local M = {}

local function format(server, document, lines)
  local project = server.workspace:project(document.path)
  local values = project.config and project.config.values or {}
  local result = fmt.format(document.text, document.path, {
    width = values["fmt.width"], indent = values["fmt.indent"], align = values["fmt.align"],
    lines = lines, is_named = true,
  })
  if result.bug then
    rpc.raise(rpc.REQUEST_FAILED, ("%s %s"):format(result.bug.message, result.bug.help))
  end
  return json.array(result.text and edits.between(server, document, result.text) or {})
end

--- Formats a document.
---@param server engine.lsp.Server
---@param params table
---@return table[]? edits nil: nothing of ours that is formatted
function M.whole(server, params)
  local document = params_of.document(server, params)
  if document and document.kind ~= "lua" then
    return format(server, document)
  end
end

--- Formats some lines of a document.
---@param server engine.lsp.Server
---@param params table
---@return table[]?
function M.range(server, params)
  local document = params_of.document(server, params)
  local range = params_of.range(params_of.field(params, "range", "table"))
  if document and document.kind ~= "lua" then
    local first, last = range.start, range["end"]
    local is_at_begin = last.character == 0 and last.line > first.line
    return format(server, document, { first.line + 1, last.line + (is_at_begin and 0 or 1) })
  end
end

return M
