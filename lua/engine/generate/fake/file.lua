--- Fake files and colours.
---@class engine.generate.fake.file
local M = {}

local NAMES = {
  "archive", "backup", "budget", "chapter", "config", "draft", "export", "figure", "index",
  "invoice", "letter", "log", "manual", "notes", "photo", "plan", "report", "sample", "schedule",
  "summary",
}

local KINDS = {
  { "csv", "text/csv" }, { "gif", "image/gif" }, { "html", "text/html" }, { "jpg", "image/jpeg" },
  { "json", "application/json" }, { "md", "text/markdown" }, { "mp3", "audio/mpeg" },
  { "pdf", "application/pdf" }, { "png", "image/png" }, { "svg", "image/svg+xml" },
  { "txt", "text/plain" }, { "wav", "audio/wav" }, { "xml", "application/xml" },
  { "zip", "application/zip" },
}

local FOLDERS = {
  "data", "docs", "home", "media", "opt", "projects", "shared", "srv", "tmp", "var",
}

local COLORS = {
  "amber", "azure", "beige", "black", "blue", "brown", "coral", "crimson", "cyan", "gold", "gray",
  "green", "indigo", "ivory", "lavender", "lime", "magenta", "maroon", "navy", "olive", "orange",
  "pink", "purple", "red", "silver", "teal", "turquoise", "violet", "white", "yellow",
}

function M.extension(s)
  return s:pick(KINDS)[1]
end

function M.mime_type(s)
  return s:pick(KINDS)[2]
end

function M.filename(s)
  return s:pick(NAMES) .. "." .. M.extension(s)
end

function M.file_path(s)
  local parts = {}
  for i = 1, s:between(1, 3) do
    parts[i] = s:pick(FOLDERS)
  end
  return "/" .. table.concat(parts, "/") .. "/" .. M.filename(s)
end

function M.color(s)
  return s:pick(COLORS)
end

function M.hex_color(s)
  return ("#%06x"):format(s:below(0x1000000))
end

function M.rgb_color(s)
  return ("rgb(%d, %d, %d)"):format(s:below(256), s:below(256), s:below(256))
end

return M
