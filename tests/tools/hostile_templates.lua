--- Makes templates that nobody wrote: documents of TOML with pieces of tags at random places.
local root = os.getenv("CLNRM_ROOT") or "."
local documents = dofile(root .. "/tests/tools/toml_documents.lua")

local M = {}

local BYTES_MAX = 1500
local PIECES_MAX = 6

local PIECES = {
  "{{ x }}", "{{x}}", "{% if a %}", "{% endif %}", "{% else %}", "{% for b in c %}",
  "{% endfor %}", "{# c #}", "{%- set d = 1 -%}", "{% raw %}", "{% endraw %}", "{{", "}}", "{%",
  "%}", "{#", "#}", '"', "'", '"""', "[", "]", "{", "}", ",", "\n", "=", "#", '{{ "}}" }}',
  "{{ 'a' }}", "{% if a %}1{% endif %}", "a = {{ x }}\n", "{% if a %}\n", "{% endif %}\n",
  "  {{ m() }}\n", ".", "\\",
}

--- Makes one; the same seed gives the same.
---@param seed integer
---@return string
function M.make(seed)
  local below = documents.new_random(seed + 7)
  local text = documents.make(seed):sub(1, BYTES_MAX):gsub("\n[^\n]*$", "\n")
  for _ = 1, below(PIECES_MAX) do
    local at = below(#text + 1) - 1
    text = text:sub(1, at) .. PIECES[below(#PIECES)] .. text:sub(at + 1)
  end
  return text
end

--- Texts of one piece of a tag again and again: what has no end is looked for each time.
---@param count integer
---@return fun(): string?, string? name, text
function M.repeated(count)
  local pieces = { "{% ", '{% "', '{% "{% b %}"', '{{ "', "# {% \n", '{% "\n', "{# \n", "{%- " }
  table.move(PIECES, 1, #PIECES, #pieces + 1, pieces)
  local i = 0
  return function()
    i = i + 1
    if pieces[i] then
      return pieces[i], '[meta]\nname = "x"\n' .. pieces[i]:rep(count)
    end
  end
end

return M
