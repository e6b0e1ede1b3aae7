--- textDocument/codeAction: the fixes of lint, one by one, and all that are safe at once.
local diagnostics = require("engine.lsp.diagnostics")
local documents = require("engine.lsp.documents")
local edits = require("engine.lsp.edits")
local fix = require("engine.lint.fix")
local json = require("core.json")
local judge = require("engine.lsp.judge")
local params_of = require("engine.lsp.params")
local position = require("engine.lsp.position")

---@class engine.lsp.actions
local M = {}

M.QUICK, M.ALL = "quickfix", "source.fixAll.clnrm"

local QUICK_MAX = 100 -- of one answer: each is tried first

--- Tells whether a kind is wanted: kinds are trees, a client that wants "source" has all below.
local function is_wanted(only, kind)
  if not only then
    return true
  end
  for _, wanted in ipairs(only) do
    if type(wanted) == "string"
      and (wanted == "" or kind == wanted or kind:sub(1, #wanted + 1) == wanted .. ".") then
      return true
    end
  end
  return false
end

--- Makes the edit of a workspace that changes one document, as it is now.
local function workspace_edit(server, document, list)
  if server.client.changes then
    return { documentChanges = json.array({ {
      textDocument = { uri = document.uri, version = document.version or json.null },
      edits = json.array(list),
    } }) }
  end
  return { changes = { [document.uri] = json.array(list) } }
end

--- Whether the fix of a finding is one that `clnrm lint --fix` would make; asked once of a text.
local function holds(judgement, finding)
  judgement.holds = judgement.holds or {}
  if judgement.holds[finding] == nil then
    judgement.holds[finding] = fix.holds(judgement, finding, judgement.lint)
  end
  return judgement.holds[finding]
end

local function quick(server, document, judgement, finding)
  if not holds(judgement, finding) or document.revision ~= judgement.revision then
    return nil -- where rules of a project waited, the text may be another one by now
  end
  local list = {}
  for i, edit in ipairs(finding.fix.edits) do
    list[i] = edits.of(server, document, edit)
  end
  local is_safe = finding.fix.applicability == "safe"
  return {
    title = ("%s (%s%s)"):format(finding.fix.message, finding.code,
      is_safe and "" or ", unsafe: it may change what the test means"),
    kind = M.QUICK,
    isPreferred = is_safe,
    diagnostics = json.array({ diagnostics.of(server, document, judgement, finding) }),
    edit = workspace_edit(server, document, list),
  }
end

local TOML_KEY, TOML_TEXT = "^[%w_-]+$", "^[\"'][^\"'\n]*[\"']$"

--- Writes what may have been meant: a key or a text for what is one and no more.
local function meant(server, document, judgement, d)
  local source = document.text:sub(d.offset + 1, d.offset + d.length)
  local text = source:find(TOML_KEY) and d.meant:find(TOML_KEY) and d.meant
    or source:find(TOML_TEXT) and d.meant:find("^[^%c\"\\]+$") and '"' .. d.meant .. '"'
  if text and not source:find("{[{%%]") then
    local edit = edits.of(server, document, { offset = d.offset, stop = d.offset + d.length,
      text = text })
    return {
      title = ("write %s (%s)"):format(text, d.code),
      kind = M.QUICK,
      diagnostics = json.array({ diagnostics.of(server, document, judgement, d) }),
      edit = workspace_edit(server, document, { edit }),
    }
  end
end

--- Applies all safe fixes, as `clnrm lint --fix` does; nil: there are none.
local function all(server, document, judgement)
  if #fix.of(judgement.list, false) == 0 then
    return nil
  end
  local copy = { text = judgement.text, is_broken = judgement.is_broken,
    is_read = judgement.is_read, list = {} }
  for i, d in ipairs(judgement.list) do -- fix.run takes fixes away that it cannot use
    copy.list[i] = {}
    for field, value in pairs(d) do
      copy.list[i][field] = value
    end
  end
  local result = fix.run(copy, { unsafe = false, lint = judgement.lint })
  local is_current = document.revision == judgement.revision -- rules of a project wait
  local list = is_current and edits.between(server, document, result.text) or {}
  return list[1] and {
    title = "fix all that is safe to fix",
    kind = M.ALL,
    edit = workspace_edit(server, document, list),
  }
end

local function touches(range, finding)
  local stop = finding.offset + finding.length
  return finding.offset <= range.stop and stop >= range.first
end

--- Answers the request.
---@async
---@param server engine.lsp.Server
---@param params table
---@return table[]?
function M.of(server, params)
  local document = params_of.document(server, params)
  local asked = params_of.range(params_of.field(params, "range", "table"))
  local context = params_of.field(params, "context", "table", true) or {}
  local only = params_of.field(context, "only", "table", true)
  if not document then
    return nil
  end
  local list = json.array()
  local judgement = judge.of(server, document)
  if not judgement.lint or judgement.revision ~= document.revision then
    return list
  end
  local lines, encoding = documents.lines(document), server.documents.encoding
  local range = { first = position.offset(lines, asked.start, encoding),
    stop = position.offset(lines, asked["end"], encoding) }
  for _, finding in ipairs(is_wanted(only, M.QUICK) and judgement.list or {}) do
    if finding.offset and touches(range, finding) and #list < QUICK_MAX then
      local make = finding.fix and quick or finding.meant and meant
      list[#list + 1] = make and make(server, document, judgement, finding) or nil
    end
  end
  if is_wanted(only, M.ALL) then
    list[#list + 1] = all(server, document, judgement)
  end
  return document.revision == judgement.revision and list or json.array()
end

return M
