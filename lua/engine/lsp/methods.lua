--- The methods of the protocol that this server knows, and what it says of itself.
local client_process = require("engine.lsp.client_process")
local diagnostics = require("engine.lsp.diagnostics")
local json = require("core.json")
local params_of = require("engine.lsp.params")
local rpc = require("engine.lsp.rpc")
local uri_of = require("engine.lsp.uri")

---@class engine.lsp.methods
---@field requests table<string, fun(server: engine.lsp.Server, params: table): any>
---@field notifications table<string, fun(server: engine.lsp.Server, params: table)>
local M = { requests = {}, notifications = {} }

local requests, notifications = M.requests, M.notifications

local INCREMENTAL = 2
local TRIGGERS = { ".", "[", '"', "|", ":", "{", "%" }
local KINDS = { "quickfix", "source.fixAll.clnrm" }
local WATCHED = { "**/clnrm.toml", "**/cleanroom.toml", "**/*.toml.tera", "**/lint/*.lua" }

--- Requests by the module that answers them; each is loaded when it is first asked for.
local ANSWERED_BY = {
  ["textDocument/formatting"] = { "formatting", "whole" },
  ["textDocument/rangeFormatting"] = { "formatting", "range" },
  ["textDocument/hover"] = { "hover", "at" },
  ["textDocument/completion"] = { "completion", "at" },
  ["textDocument/codeAction"] = { "actions", "of" },
  ["textDocument/definition"] = { "definition", "at" },
  ["textDocument/documentSymbol"] = { "symbols", "of" },
}

for method, entry in pairs(ANSWERED_BY) do
  requests[method] = function(server, params)
    return require("engine.lsp." .. entry[1])[entry[2]](server, params)
  end
end

--- Follows names into a table of unknown form.
local function at(t, ...)
  for _, name in ipairs({ ... }) do
    if type(t) ~= "table" then
      return nil
    end
    t = t[name]
  end
  if t ~= json.null then
    return t
  end
end

local function holds(list, wanted)
  for _, item in ipairs(type(list) == "table" and list or {}) do
    if item == wanted then
      return true
    end
  end
  return false
end

--- Notes what the client can do.
local function read_client(server, params)
  local can = params.capabilities
  local document = at(can, "textDocument")
  server.client = {
    related = at(document, "publishDiagnostics", "relatedInformation") == true,
    versions = at(document, "publishDiagnostics", "versionSupport") == true,
    changes = at(can, "workspace", "workspaceEdit", "documentChanges") == true,
    watches = at(can, "workspace", "didChangeWatchedFiles", "dynamicRegistration") == true,
    markdown = holds(at(document, "hover", "contentFormat"), "markdown"),
    documentation = holds(at(document, "completion", "completionItem", "documentationFormat"),
      "markdown"),
    tree = at(document, "documentSymbol", "hierarchicalDocumentSymbolSupport") == true,
  }
  local encodings = at(can, "general", "positionEncodings")
  if holds(encodings, "utf-8") then
    server.documents.encoding = "utf-8"
  end
end

function requests.initialize(server, params)
  local pid = client_process.read(params)
  read_client(server, params)
  server:end_with(pid)
  server.state = "running"
  return {
    capabilities = {
      positionEncoding = server.documents.encoding,
      textDocumentSync = { openClose = true, change = INCREMENTAL, save = true },
      documentFormattingProvider = true,
      documentRangeFormattingProvider = true,
      hoverProvider = true,
      completionProvider = { triggerCharacters = json.array(TRIGGERS) },
      codeActionProvider = { codeActionKinds = json.array(KINDS) },
      definitionProvider = true,
      documentSymbolProvider = true,
    },
    serverInfo = { name = "clnrm", version = require("core.version").number() },
  }
end

function requests.shutdown(server)
  server.state = "shutdown"
end

function notifications.initialized(server)
  if server.client.watches then
    local watchers = json.array()
    for i, glob in ipairs(WATCHED) do
      watchers[i] = { globPattern = glob }
    end
    server:request("client/registerCapability", { registrations = json.array({ {
      id = "files", method = "workspace/didChangeWatchedFiles",
      registerOptions = { watchers = watchers },
    } }) })
  end
end

notifications["textDocument/didOpen"] = function(server, params)
  local item = params_of.field(params, "textDocument", "table")
  local document = server.documents:open({
    uri = params_of.field(item, "uri", "string"),
    version = params_of.field(item, "version", "integer", true),
    text = params_of.field(item, "text", "string"),
  })
  server:judge_later(document, 0)
  if document.path then
    server:file_changed(document.path)
  end
end

notifications["textDocument/didChange"] = function(server, params)
  local document = server.documents.by_uri[params_of.uri(params)]
  if not document then
    rpc.raise(rpc.INVALID_PARAMS, "this document is not open: " .. params_of.uri(params))
  end
  local version = params_of.field(params.textDocument, "version", "integer", true)
  server.documents:change(document, version, params_of.changes(params))
  server:judge_later(document)
  if document.path then
    server:file_changed(document.path)
  end
end

notifications["textDocument/didSave"] = function(server, params)
  local path = uri_of.path(params_of.uri(params))
  if path and path:find("/lint/[^/]+%.lua$") then
    server:file_changed() -- rules: of which documents, the project of each one knows
  elseif path then
    server:file_changed(path)
  end
end

notifications["textDocument/didClose"] = function(server, params)
  local document = server.documents:close(params_of.uri(params))
  if document and document.kind then
    diagnostics.clear(server, document.uri)
    server:file_changed(document.path)
  end
end

notifications["workspace/didChangeWatchedFiles"] = function(server)
  server:file_changed()
end

return M
