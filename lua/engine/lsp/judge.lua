--- Judges a document: what `clnrm lint` would tell of its text.
---
--- A judgement is kept until the text, a text that it read, or the project is another one.
local config = require("engine.config")
local template = require("engine.template")
local workspace = require("engine.lsp.workspace")

---@class engine.lsp.judge
local M = {}

---@class engine.lsp.Judgement
---@field revision integer
---@field text string
---@field shown string              the name that diagnostics have of the document
---@field list engine.diag.Diagnostic[]
---@field project engine.lsp.Project
---@field is_broken? boolean        of a test file: `run` would refuse it
---@field is_read? boolean          of a test file: rules saw it
---@field lint? fun(text: string, told_max?: integer): engine.lint.Result of a test file
---@field holds? table<engine.lint.Finding, boolean> whether its fix can be offered
---@field reads table<string, true> other files whose texts had a say, by path

--- Makes the function by which open texts stand for files; it notes what was asked for.
local function overlay(server, document, reads)
  return function(path)
    if path ~= document.path then
      local text, open = server.documents:text_of(path)
      reads[open and open.path or path] = true
      return text
    end
  end
end

--- Tells of each rule that crashed, also where it did so while another text was judged: it is left
--- out until its file is saved.
local function add_crashes(project, list)
  local is_told = {}
  for _, d in ipairs(list) do
    if d.is_crash then
      project.crashes[d.code], is_told[d.code] = d, true
    end
  end
  local others = {}
  for code in pairs(project.crashes) do
    others[#others + 1] = not is_told[code] and code or nil
  end
  table.sort(others)
  for _, code in ipairs(others) do
    list[#list + 1] = project.crashes[code]
  end
end

local function of_test(server, document, judgement)
  local project, linter = judgement.project, judgement.project.linter
  local texts = overlay(server, document, judgement.reads)
  function judgement.lint(text, told_max)
    return linter:text(text, document.path, {
      file = judgement.shown, project_dir = project.dir, texts = texts, define = server.define,
      told_max = told_max,
    })
  end
  local result = judgement.lint(document.text)
  judgement.list, judgement.is_broken, judgement.is_read =
    result.list, result.is_broken, result.is_read
  add_crashes(project, judgement.list)
end

--- A template that others include is read as one; what it renders to depends on them.
local function of_template(server, document, judgement)
  local session <close> = template.open(document.text, {
    name = judgement.shown, dir = document.path:match("^(.*)/") or "/",
    project_dir = judgement.project.dir, texts = overlay(server, document, judgement.reads),
  })
  local problem = session:check()
  if problem then
    local related, notes
    if problem.places then
      related, notes = require("engine.model.written").places(problem.places, document.path,
        judgement.shown)
    end
    judgement.list[1] = {
      severity = "error", code = problem.code, message = problem.message, help = problem.help,
      file = judgement.shown, offset = problem.offset, length = problem.length,
      related = related, notes = notes,
    }
  end
end

local function no_variables()
  return nil -- those of the environment are told elsewhere: they stand in no file
end

local function of_project(_, document, judgement)
  local source = { file = judgement.shown, text = document.text }
  local _, problems = config.load({ source = source, env = no_variables, opts = {} })
  judgement.list = problems or {}
  local project = judgement.project
  if not problems and project.file == document.path then
    for _, d in ipairs(project.lint_problems or {}) do
      d.file = judgement.shown
      judgement.list[#judgement.list + 1] = d
    end
  end
end

local KINDS = { test = of_test, lua = of_test, template = of_template, project = of_project }

local function refused(document, judgement)
  judgement.list = { {
    severity = "note", code = "E003", file = judgement.shown, offset = 0, length = 0,
    message = "not looked at in an editor: " .. document.refused,
  } }
end

--- Judges a document, if that was not done yet.
---@async
---@param server engine.lsp.Server
---@param document engine.lsp.Document of a kind of ours
---@return engine.lsp.Judgement
function M.of(server, document)
  local project = server.workspace:project(document.path)
  server:tell_project(project)
  local known = document.judgement
  if known and known.revision == document.revision and known.project == project then
    return known
  end
  local judgement = {
    revision = document.revision, text = document.text,
    shown = workspace.shown(project, document.path), project = project, list = {}, reads = {},
  }
  if document.refused then
    refused(document, judgement)
  else
    KINDS[document.kind](server, document, judgement)
  end
  document.judgement = judgement
  return judgement
end

--- Tells whether a file had a say in what is known of a document.
---@param document engine.lsp.Document
---@param path string
---@return boolean
---@nodiscard
function M.hangs_on(document, path)
  local known = document.judgement
  return known ~= nil and known.reads[path] == true
end

return M
