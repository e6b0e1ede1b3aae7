--- The texts that are open in the editor: what is judged, whatever the files on disk hold.
local discover = require("engine.discover")
local fs = require("core.fs")
local position = require("engine.lsp.position")
local project = require("engine.project")
local rpc = require("engine.lsp.rpc")
local uri_of = require("engine.lsp.uri")

---@class engine.lsp.documents
local M = {}

M.BYTES_MAX = 4 << 20   -- of one text; templates may not be larger, either
M.TOTAL_MAX = 64 << 20  -- of all of them
M.COUNT_MAX = 1000

---@alias engine.lsp.Kind "test"|"lua"|"template"|"project"

---@class engine.lsp.Document
---@field uri string
---@field path? string      absolute; nil: no file of this machine
---@field real? string      the same without links
---@field kind? engine.lsp.Kind nil: none of ours
---@field version? integer  the client's
---@field revision integer  ours: another one for each text
---@field text string
---@field refused? string   why it is not looked at
---@field lines? engine.lsp.Lines
---@field outline? engine.lsp.Outline
---@field good_names? table  names of the last text without errors
---@field judgement? engine.lsp.Judgement
---@field due_ms? number    when it is to be judged
---@field store engine.lsp.Documents

---@class engine.lsp.Documents
---@field by_uri table<string, engine.lsp.Document>
---@field by_path table<string, engine.lsp.Document> by either path
---@field encoding engine.lsp.Encoding
---@field touched? engine.lsp.Document
local Documents = {}
Documents.__index = Documents

--- Makes the store of an editor.
---@return engine.lsp.Documents
function M.new()
  return setmetatable({
    by_uri = {}, by_path = {}, count = 0, bytes = 0, revision = 0, encoding = "utf-16",
  }, Documents)
end

--- Says what a file is to us, by its name.
---@param path? string
---@return engine.lsp.Kind?
---@nodiscard
function M.kind(path)
  local name = path and path:match("[^/]*$")
  if not name then
    return nil
  elseif name == project.FILE or name == project.ALIAS then
    return "project"
  elseif discover.is_test_name(name) then
    return name:find("%.lua$") and "lua" or "test"
  end
  return name:find("^_.*%.toml%.tera$") and "template" or nil -- which others include
end

--- Puts a text in the place of the one before, if there is room for it.
local function set_text(self, document, text)
  local bytes = self.bytes - #document.text
  document.refused = #text > M.BYTES_MAX and "larger than 4 MiB"
    or bytes + #text > M.TOTAL_MAX and "the open texts are more than 64 MiB together" or nil
  document.text = document.refused and "" or text
  self.bytes = bytes + #document.text
  self.revision = self.revision + 1
  document.revision, document.lines, document.outline = self.revision, nil, nil
end

--- Forgets the text of a document until it is given as a whole.
---@param document engine.lsp.Document
---@param why string
function Documents:lose(document, why)
  set_text(self, document, "")
  document.refused = document.kind and why
end

--- Opens a document; one that is open already begins anew.
---@param item { uri: string, version?: integer, text: string }
---@return engine.lsp.Document
function Documents:open(item)
  self:close(item.uri)
  if self.count >= M.COUNT_MAX then
    rpc.raise(rpc.REQUEST_FAILED, ("more than %d documents are open"):format(M.COUNT_MAX))
  end
  local path = uri_of.path(item.uri)
  local document = {
    uri = item.uri, path = path, kind = M.kind(path), version = item.version, text = "",
    store = self,
  }
  self.by_uri[item.uri] = document
  if path then
    document.real = fs.realpath(path) or path
    self.by_path[document.real], self.by_path[path] = document, document
  end
  self.count = self.count + 1
  set_text(self, document, document.kind and item.text or "")
  return document
end

--- Closes a document.
---@param uri string
---@return engine.lsp.Document? # nil when it was not open
function Documents:close(uri)
  local document = self.by_uri[uri]
  if document then
    self.by_uri[uri] = nil
    for _, path in ipairs({ document.path, document.real }) do
      if self.by_path[path] == document then
        self.by_path[path] = nil
      end
    end
    self.count, self.bytes = self.count - 1, self.bytes - #document.text
  end
  return document
end

--- Says which document is worked on: what was made of the text of another one is given up, since
--- it is larger than the text.
---@param document engine.lsp.Document
function M.touch(document)
  local store = document.store
  local before = store.touched
  if before and before ~= document then
    before.lines, before.outline = nil, nil
  end
  store.touched = document
end

--- The lines of a document.
---@param document engine.lsp.Document
---@return engine.lsp.Lines
function M.lines(document)
  M.touch(document)
  document.lines = document.lines or position.lines(document.text)
  return document.lines
end

--- Turns a position in a document into an offset.
---@param document engine.lsp.Document
---@param place engine.lsp.Position
---@return integer
function Documents:offset(document, place)
  return position.offset(M.lines(document), place, self.encoding)
end

--- Makes a range of offsets in a document.
---@param document engine.lsp.Document
---@param first integer
---@param stop integer
---@return table
function Documents:range(document, first, stop)
  return position.range(M.lines(document), first, stop, self.encoding)
end

--- Applies changes, each to what the one before made.
---@param document engine.lsp.Document
---@param version? integer
---@param changes { range?: table, text: string }[] checked
function Documents:change(document, version, changes)
  document.version = version
  for _, change in ipairs(document.kind and changes or {}) do
    if not change.range then
      set_text(self, document, change.text)
    elseif not document.refused then
      local text = document.text
      local first = self:offset(document, change.range.start)
      local stop = self:offset(document, change.range["end"])
      if stop < first then
        first, stop = stop, first
      end
      set_text(self, document, text:sub(1, first) .. change.text .. text:sub(stop + 1))
    end
  end
end

--- Finds the text of a file that is open.
---@param path string absolute
---@return string? text
---@return engine.lsp.Document? document
function Documents:text_of(path)
  local document = self.by_path[path] or self.by_path[fs.realpath(path)]
  if document and document.kind and not document.refused then
    return document.text, document
  end
end

return M
