--- Lint: what the checker tells of a test file, and what the rules find in it.
---
--- A file goes the way that it goes for `run` (engine.model), so lint, validate and run never
--- disagree about it; the rules look at what was read.  Nothing of the file is executed.
local catalogue = require("engine.lint.catalogue")
local fits = require("engine.model.fits")
local needs = require("engine.lint.needs")
local options_of = require("engine.lint.options")
local select = require("engine.lint.select")

---@class engine.lint
local M = {}

---@class engine.lint.Options: engine.lint.Selection
---@field options? table<string, table<string, any>> code or name of a rule → its options
---@field custom? engine.lint.custom.Rules rules of the project
---@field has_unseen? boolean the project has rules that are not read: any name may be one of theirs

---@class engine.lint.Linter
---@field rules engine.lint.Rule[] that are on
---@field own { rule: engine.lint.catalogue.Entry, options: table }[] of clnrm's own, by their codes
---@field last { rule: engine.lint.catalogue.Entry, options: table }[] of them what looks at
---       suppressions, when all others are through
---@field needed engine.lint.Needed
---@field is_our_own boolean the project replaces nothing of the engine
---@field custom? engine.lint.custom.Rules
---@field custom_options table<string, table> of those of them that are on
---@field options_of table<string, table> of every rule that is on
local Linter = {}
Linter.__index = Linter

---@class engine.lint.Result
---@field file string
---@field path string
---@field text? string
---@field list engine.diag.Diagnostic[] of the checker and of the rules, in the order of the file
---@field suppressed integer findings
---@field is_broken boolean   the checker found errors
---@field is_read boolean     the rules saw it: what it renders to is TOML
---@field suite? engine.model.Suite
---@field is_known boolean      nothing was found, and nothing but the text has a say in that

---@class engine.lint.Problem with what a linter is to be made of
---@field setting "select"|"extend_select"|"ignore"|"options"
---@field index? integer  of a word
---@field rule? string    of options: as it is named there
---@field option? string  of that rule
---@field code string     of a diagnostic
---@field message string
---@field help? string

--- Reads the options of all rules, also of those that are off.
---@return table<engine.lint.Rule, table> options
---@return engine.lint.Problem[]
local function read_options(all, opts)
  local by_word, given, problems = {}, {}, {}
  for _, rule in ipairs(opts.options and all or {}) do
    by_word[rule.code], by_word[rule.name] = rule, rule
  end
  local words = {}
  for word in pairs(opts.options or {}) do
    words[#words + 1] = word
  end
  table.sort(words)
  for _, word in ipairs(words) do
    local rule = by_word[word] or by_word[word:upper()]
    if not rule and not opts.has_unseen then
      problems[#problems + 1] = { setting = "options", rule = word, code = "E201",
        message = ("there is no rule '%s'"):format(word), help = select.meant(word, all) }
    elseif rule and given[rule] then
      problems[#problems + 1] = { setting = "options", rule = word, code = "E204",
        message = ("options of %s are set by `%s` already"):format(rule.code, given[rule]) }
    elseif rule then
      given[rule] = word
    end
  end
  local options = {}
  for rule, word in pairs(given) do
    local wrong
    options[rule], wrong = options_of.read(rule, opts.options[word])
    for _, problem in ipairs(wrong) do
      problem.setting, problem.rule = "options", word
      problems[#problems + 1] = problem
    end
  end
  return options, problems
end

--- Makes a linter.
---@param opts engine.lint.Options
---@return engine.lint.Linter?
---@return engine.lint.Problem[]? problems with the settings, in no order
function M.new(opts)
  local all = table.move(catalogue.list(), 1, #catalogue.list(), 1, {})
  for _, rule in ipairs(opts.custom and opts.custom.rules or {}) do
    all[#all + 1] = rule
  end
  local options, problems = read_options(all, opts)
  local unknown = opts.has_unseen and {} or select.unknown(opts, all)
  table.move(unknown, 1, #unknown, #problems + 1, problems)
  if problems[1] then
    return nil, problems
  end
  local self = setmetatable({
    own = {}, last = {}, custom = opts.custom, custom_options = {}, options_of = {},
  }, Linter)
  self.rules, self.is_our_own = select.rules(all, opts), catalogue.is_our_own()
  self.is_on = {}
  for _, rule in ipairs(self.rules) do
    self:add(rule, options[rule] or options_of.read(rule))
  end
  self.needed = needs.new(self.rules)
  return self
end

--- Takes a rule.
function Linter:add(rule, options)
  self.is_on[rule.code], self.is_on[rule.name] = true, true
  self.options_of[rule.code] = options
  if rule.code:sub(1, 1) == "X" then
    self.custom_options[rule.code] = options
  else
    local list = rule.code:sub(1, 2) == "L9" and self.last or self.own
    list[#list + 1] = { rule = rule, options = options }
  end
end

--- Lists what the rules that are awake do, by kinds of nodes.
---@param awake table<engine.lint.Rule, true>
---@return table<string, { rule: engine.lint.Rule, options: table, fn: function }[]>
local function visitors_of(self, awake)
  local visitors = {}
  for _, one in ipairs(self.own) do
    if awake[one.rule] then
      for _, kind in ipairs(one.rule.kinds) do
        local list = visitors[kind] or {}
        visitors[kind] = list
        list[#list + 1] =
          { rule = one.rule, options = one.options, fn = one.rule.visit[kind] }
      end
    end
  end
  return visitors
end

--- Shows a file to the project's rules that are awake.
---@param drive fun(visitors: table<string, table[]>) walks the file with them
local function show_custom(self, cx, drive)
  local options = {}
  for _, rule in ipairs(self.custom and self.custom.rules or {}) do
    options[rule.code] = cx.awake[rule] and self.custom_options[rule.code] or nil
  end
  if next(options) then
    self.custom:visit(cx, options, drive)
  end
end

--- Whether what a text becomes hangs on more than itself.
local function has_tags(text)
  return text:find("{{", 1, true) or text:find("{%", 1, true)
end

--- Whether every rule of the project came to its end.
local function was_seen(self)
  return not self.custom or next(self.custom.crashed) == nil
end

--- Shows a table of a file to the rules that are awake; those of the project are not light.
local function is_clean(self, text, awake, root, opts)
  for _, list in ipairs({ self.last, self.custom and self.custom.rules or {} }) do
    for _, one in ipairs(list) do
      if awake[one.rule or one] then
        return false
      end
    end
  end
  local light = require("engine.lint.light")
  return light.is_clean({ file = opts.file, text = text, project_dir = opts.project_dir }, root,
    visitors_of(self, awake))
end

local TABLES_OF_NONE = { lua = true, lua_call = true, template_tag = true }

--- Whether no rule that is awake looks at tables of TOML.
local function sees_nothing(awake)
  for rule in pairs(awake) do
    for _, kind in ipairs(rule.kinds or { "file" }) do
      if not TABLES_OF_NONE[kind] then
        return false
      end
    end
  end
  return true
end

--- What makes a file hang on others: see engine.lint.cache.
local OUTSIDE = {
  "file.hooks", "file.report", "file.assertions", "file.secrets", "file.property", "room.image",
  "service.plugin", "service.volumes", "service.files", "service.build", "service.image",
}

local function is_self_contained(facts)
  for _, name in ipairs(OUTSIDE) do
    if facts[name] then
      return false
    end
  end
  return true
end

--- Finds that there is nothing to tell of a text, where that takes no checker: it fits, and the
--- rules that are awake find nothing.
---@return engine.lint.Result? result nil: it must be looked at
local function nothing(self, text, path, opts)
  local facts = self.is_our_own and fits.text(text)
  if not facts or facts.alias then
    return nil
  end
  local awake, root = self.needed:of(text, facts), nil
  local is_alone = is_self_contained(facts)
  local light = not (is_alone and sees_nothing(awake)) and require("engine.lint.light")
  if light then
    root = light.read(text)
    if not root or not is_clean(self, text, awake, root, opts) then
      return nil
    end
  end
  return {
    file = opts.file, path = path, text = text, list = {}, suppressed = 0, is_broken = false,
    is_read = true,
    is_known = was_seen(self) and (is_alone or light.is_self_contained(root)),
  }
end

--- Looks at what was read; once for each cell of a matrix, and what is the same is told once.
local function visitor(self, text, lang, opts)
  local cx = require("engine.lint.context").new({ file = opts.file, text = text, lang = lang,
    project_dir = opts.project_dir, told_max = opts.told_max })
  cx.awake = self.needed:of(text)
  local cache, walk = require("engine.lint.cache"), require("engine.lint.walk")
  return cx, function(read, root, suite, rendered)
    cx.positions, cx.suite, cx.lines, cx.view = read.positions, suite, read.lines, read.view
    cx.is_rendered = rendered ~= text
    cx.is_self_contained = not has_tags(text) and cache.is_self_contained(root)
    for rule in pairs(cx.is_rendered and self.needed:of(rendered) or {}) do
      cx.awake[rule] = true
    end
    if not next(cx.awake) then
      return
    end
    walk.file(cx, root, visitors_of(self, cx.awake))
    show_custom(self, cx, function(visitors)
      walk.file(cx, root, visitors)
    end)
  end
end

--- Shows what is no table of TOML: the tags of templates, the calls of Lua.
local function visit_text(self, cx)
  local nodes
  if cx.lang == "lua" then
    nodes = require("engine.lint.lua_nodes")
  elseif has_tags(cx.text) then
    nodes = require("engine.lint.tags")
  end
  if not nodes or not next(cx.awake) then
    return
  end
  cx.is_rendered = false -- the places are those of the source
  local call = require("engine.lint.walk").call
  nodes.walk(cx, visitors_of(self, cx.awake), call)
  show_custom(self, cx, function(visitors)
    nodes.walk(cx, visitors, call)
  end)
end

--- Lets the rules about suppressions speak, now that it is known which were needed.
local function finish(self, cx, is_whole)
  if not cx.suppressions[1] and not cx.suppressions.unread[1] then
    return
  end
  local is_on = self.is_on
  cx.is_on = function(code)
    local is_off = catalogue.find(code) or self.custom and self.custom:find(code)
    return is_whole and (is_on[code:upper()] or is_on[code] or not is_off) or false
  end
  for _, entry in ipairs(self.last) do
    cx.rule, cx.options, cx.is_rendered = entry.rule, entry.options, false
    entry.rule.visit.file_exit(cx)
  end
end

--- Lints one text.
---@async
---@param text string
---@param path string absolute
---@param opts engine.model.Options|{ told_max?: integer }
---@return engine.lint.Result
function Linter:text(text, path, opts)
  local known = not path:find("%.lua$") and nothing(self, text, path, opts)
  return known or self:look(text, path, opts)
end

--- Checks a text, and asks the rules.
---@async
---@param text string
---@param path string absolute
---@param opts engine.model.Options
---@return engine.lint.Result
function Linter:look(text, path, opts)
  local was_read, is_lua = false, path:find("%.lua$") ~= nil
  local cx, visit = visitor(self, text, is_lua and "lua" or "toml", opts)
  local options = setmetatable({
    strict = true,
    found = cx.findings,
    visit = function(...)
      was_read = true
      visit(...)
    end,
  }, { __index = opts })
  local suite, list
  if is_lua then
    suite, list = require("engine.lint.lua_nodes").check(text, path, options)
    was_read = suite
  else
    suite, list = require("engine.model").parse(text, path, options)
  end
  visit_text(self, cx)
  local count = cx.suppressed
  finish(self, cx, was_read)
  local all = table.move(list, 1, #list, 1, {})
  table.move(cx.findings, 1, #cx.findings, #all + 1, all)
  if cx.findings[1] then
    require("engine.diag").sort(all)
  end
  local rest = cx:rest()
  table.move(rest, 1, #rest, #all + 1, all)
  return {
    file = opts.file,
    path = path,
    text = text,
    list = all,
    suppressed = count,
    is_broken = not suite,
    is_read = was_read and true or false,
    suite = suite,
    is_known = #all == 0 and count == 0 and was_seen(self) and cx.is_self_contained or false,
  }
end

return M
