--- Diagnostics as the protocol has them, and when they are sent.
local diag_source = require("engine.diag.source")
local documents = require("engine.lsp.documents")
local fs = require("core.fs")
local json = require("core.json")
local judge = require("engine.lsp.judge")
local position = require("engine.lsp.position")
local uri_of = require("engine.lsp.uri")

---@class engine.lsp.diagnostics
local M = {}

local SEVERITIES = { error = 1, warning = 2, note = 3 }
local UNNECESSARY, DEPRECATED = 1, 2
local TAGS = {
  ["unused-service"] = UNNECESSARY, ["unused-capture"] = UNNECESSARY,
  ["unused-suppression"] = UNNECESSARY, ["redundant-default"] = UNNECESSARY,
  ["old-key"] = DEPRECATED, ["old-identity"] = DEPRECATED, ["old-table"] = DEPRECATED,
  ["old-output-key"] = DEPRECATED, ["flat-hermeticity"] = DEPRECATED,
  ["timeout-in-ms"] = DEPRECATED, ["pairs-as-list"] = DEPRECATED,
}
local FILE_MAX = 4 << 20

--- A text with its lines, of a document or of a file on disk.
---@class engine.lsp.Source
---@field uri string
---@field text string
---@field lines engine.lsp.Lines

--- Finds the text that a diagnostic of another file is about.
local function other_source(server, judgement, file)
  local dir = judgement.project.dir
  local path = file:sub(1, 1) == "/" and file or (dir == "/" and "" or dir) .. "/" .. file
  local text = server.documents:text_of(path) or fs.read(path, { max = FILE_MAX }) or ""
  return { uri = uri_of.of_path(path), text = text, lines = position.lines(text) }
end

--- Says where a diagnostic stands in its text.
local function range_of(server, source, d)
  local first, length = d.offset, d.length or 1
  if not first then
    local index = d.line and diag_source.lines(source.text)
    first = index and diag_source.offset(index, d.line, d.column or 1) or 0
    length = d.line and length or 0
  end
  return position.range(source.lines, first, first + length, server.documents.encoding)
end

--- What is told beside the message: editors have no other place for it.
local function message_of(d)
  local parts = { d.message }
  if d.label then
    parts[1] = ("%s (%s)"):format(d.message, d.label)
  end
  if d.help then
    parts[#parts + 1] = "help: " .. d.help
  end
  for _, note in ipairs(d.notes or {}) do
    parts[#parts + 1] = type(note) == "table"
      and note.title .. ":\n" .. table.concat(note.lines, "\n") or "note: " .. note
  end
  return table.concat(parts, "\n")
end

local function related_of(server, judgement, own, d)
  local list = json.array()
  for _, other in ipairs(d.related or {}) do
    local is_own = not other.file or other.file == judgement.shown
    local source = is_own and own or other_source(server, judgement, other.file)
    list[#list + 1] = {
      location = { uri = source.uri, range = range_of(server, source, other) },
      message = other.message,
    }
  end
  return list
end

--- Makes the diagnostic of a document; one about another file stands at the document's begin.
---@param server engine.lsp.Server
---@param document engine.lsp.Document
---@param judgement engine.lsp.Judgement
---@param d engine.diag.Diagnostic
---@return table
function M.of(server, document, judgement, d)
  local own = { uri = document.uri, text = document.text, lines = documents.lines(document) }
  local related = related_of(server, judgement, own, d)
  local is_own = not d.file or d.file == judgement.shown
  if not is_own then
    local source = other_source(server, judgement, d.file)
    table.insert(related, 1, {
      location = { uri = source.uri, range = range_of(server, source, d) }, message = d.message,
    })
  end
  local tag = TAGS[d.rule]
  return {
    range = is_own and range_of(server, own, d) or position.range(own.lines, 0, 0, "utf-8"),
    severity = SEVERITIES[d.severity],
    code = d.code,
    source = "clnrm",
    message = message_of(d),
    tags = tag and json.array({ tag }) or nil,
    relatedInformation = server.client.related and related[1] and related or nil,
  }
end

local function send(server, uri, version, list)
  server:notify("textDocument/publishDiagnostics", {
    uri = uri, version = server.client.versions and version or nil, diagnostics = list,
  })
end

--- Judges a document and sends what is wrong with it.
---@async
---@param server engine.lsp.Server
---@param document engine.lsp.Document
function M.publish(server, document)
  local judgement = judge.of(server, document)
  if server.documents.by_uri[document.uri] ~= document
    or judgement.revision ~= document.revision then
    return -- it was changed or closed while a rule of the project was looking at it
  end
  local list = json.array()
  for i, d in ipairs(judgement.list) do
    list[i] = M.of(server, document, judgement, d)
  end
  send(server, document.uri, document.version, list)
end

--- Takes back what was told of a document.
---@param server engine.lsp.Server
---@param uri string
function M.clear(server, uri)
  send(server, uri, nil, json.array())
end

--- Sends what is wrong with the files of a project's rules, as they stand on disk, and takes back
--- what was told of them before.
---@param server engine.lsp.Server
---@param project engine.lsp.Project
function M.publish_rules(server, project)
  local lists, judgement = {}, { project = project, shown = "" }
  for uri in pairs(server.rule_files[project.dir] or {}) do
    lists[uri] = json.array()
  end
  server.rule_files[project.dir] = {}
  for _, d in ipairs(project.rule_problems) do
    local source = other_source(server, judgement, d.file)
    lists[source.uri] = lists[source.uri] or json.array()
    table.insert(lists[source.uri], {
      range = range_of(server, source, d), severity = SEVERITIES[d.severity], code = d.code,
      source = "clnrm", message = message_of(d),
    })
    server.rule_files[project.dir][source.uri] = true
  end
  for uri, list in pairs(lists) do
    send(server, uri, nil, list)
  end
end

return M
