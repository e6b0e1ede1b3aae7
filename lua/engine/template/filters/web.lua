--- Filters of texts for HTML, XML and URLs.
local arguments = require("engine.template.arguments")
local grown = require("engine.template.grown")
local pattern = require("engine.template.pattern")
local words = require("engine.template.words")

---@class engine.template.filters.web
local M = {}

local subject = arguments.subject

local HTML = {
  ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#x27;",
  ["/"] = "&#x2F;",
}
local XML = {
  ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&apos;",
}

function M.escape(_, v)
  return grown.replaced("escape", subject("escape", v, "String"), "[&<>\"'/]", HTML)
end

function M.escape_xml(_, v)
  return grown.replaced("escape_xml", subject("escape_xml", v, "String"), "[&<>\"']", XML)
end

--- Marks a value as safe: nothing escapes here, so it stays as it is.
function M.safe(_, v)
  return v
end

function M.striptags(_, v)
  return pattern.replace("<!--.*?-->|<[^>]*>", subject("striptags", v, "String"), function()
    return ""
  end)
end

function M.spaceless(_, v)
  return pattern.replace([[>\s+<]], subject("spaceless", v, "String"), function()
    return "><"
  end)
end

local PERCENT = {}
for byte = 0, 255 do
  PERCENT[string.char(byte)] = ("%%%02X"):format(byte)
end

function M.urlencode(_, v)
  -- "%" stays, as in Tera.
  return grown.replaced("urlencode", subject("urlencode", v, "String"), "[^%w%-%._~/%%]", PERCENT)
end

function M.urlencode_strict(_, v)
  return grown.replaced("urlencode_strict", subject("urlencode_strict", v, "String"), "[^%w]",
    PERCENT)
end

function M.slugify(_, v)
  return words.slug(subject("slugify", v, "String"))
end

return M
