--- Words of a command line without values that may be secret, for what is shown and kept of it.
---
--- Pure.
---@class engine.secrets.word
local is_secret_name = require("engine.secrets").is_secret_name

local M = {}

--- Whether what stands before a "=" is the name of a secret: TOKEN, --define=db_password, -DKEY.
local function is_secret(name)
  return is_secret_name(name) or is_secret_name((name:gsub("^%-%a", "-")))
end

--- Masks what stands behind the first "=" whose name speaks of a secret, what a text within the
--- word gives to one (`Authorization: Bearer abc`, `--password abc`), and passwords of URLs.
---@param word string
---@return string
---@nodiscard
function M.mask(word)
  if not word:find("[=:%s]") then
    return word -- most words
  end
  local spoken = require("engine.secrets.spoken")
  word = spoken.mask_urls(word)
  for at in word:gmatch("()=") do
    if is_secret(word:sub(1, at - 1)) then
      return word:sub(1, at) .. "***"
    end
  end
  return spoken.mask(word)
end

return M
