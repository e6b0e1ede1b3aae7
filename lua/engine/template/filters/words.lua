--- Filters that make names: slug, kebab, snake, camel, pascal.
local arguments = require("engine.template.arguments")
local words = require("engine.template.words")

---@class engine.template.filters.words
local M = {}

function M.slug(_, v)
  return words.slug(arguments.subject("slug", v, "String"))
end

function M.kebab(_, v)
  return words.joined(arguments.subject("kebab", v, "String"), "-")
end

function M.snake(_, v)
  return words.joined(arguments.subject("snake", v, "String"), "_")
end

function M.camel(_, v)
  return words.humped(arguments.subject("camel", v, "String"))
end

function M.pascal(_, v)
  return words.humped(arguments.subject("pascal", v, "String"), true)
end

return M
