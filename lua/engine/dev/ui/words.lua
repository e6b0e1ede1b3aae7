--- Words, marks and numbers of the page. Pure.
---@class engine.dev.ui.words
local M = {}

--- Shown with its word, so that neither colour nor shape alone tells.
M.MARK = {
  pass = "✓", fail = "✗", timeout = "⏱", policy = "⊗", error = "!", infra = "?", flaky = "~",
  skip = "–", running = "▸", waiting = "·",
}

--- What a test is at this moment: its verdict, "running" or "waiting".
---@param test engine.dev.Test
---@return string
---@nodiscard
function M.standing(test)
  return test.phase == "running" and "running" or test.verdict or "waiting"
end

--- Writes a time as a reader wants it.
---@param ms? number
---@return string
---@nodiscard
function M.time(ms)
  if not ms then
    return ""
  elseif ms < 10 then
    return ("%.1f ms"):format(ms)
  elseif ms < 1000 then
    return ("%.0f ms"):format(ms)
  end
  return ("%.2f s"):format(ms / 1000)
end

--- Writes a number of bytes.
---@param bytes integer
---@return string
---@nodiscard
function M.bytes(bytes)
  if bytes < 1024 then
    return ("%d B"):format(bytes)
  elseif bytes < 1 << 20 then
    return ("%.1f KiB"):format(bytes / 1024)
  end
  return ("%.1f MiB"):format(bytes / (1 << 20))
end

--- Writes a share.
---@param share? number 0 to 1
---@return string
---@nodiscard
function M.share(share)
  return share and ("%.0f %%"):format(share * 100) or ""
end

return M
