--- Templates beside Lua that a person wrote for the same text: loops, macros, filters, conditions.
---
--- Other engines' figures are those of template_peers.lua.
local clock = require("core.clock")
local compare = require("compare")
local store = require("engine.template.store")
local template_text = require("template_text")
local units = require("engine.template.units")

local TEMPLATES = template_text.templates()

local function replace(text, from, to)
  return (text:gsub(from:gsub("%p", "%%%0"), (to:gsub("%%", "%%%%"))))
end

local function write_span(o, n, sp)
  o[n + 1], o[n + 2], o[n + 3] = '[[expect.span]]\nname = "', sp.name, '"\nkind = "'
  o[n + 4], o[n + 5] = sp.kind, '"\n'
  n = n + 5
  if not next(sp.attrs) then
    return n
  end
  local keys = {}
  for key in pairs(sp.attrs) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  n = n + 1
  o[n] = "attrs.all = { "
  for i, key in ipairs(keys) do
    o[n + 1], o[n + 2], o[n + 3], o[n + 4], o[n + 5] = '"', key, '" = "', sp.attrs[key], '"'
    n = n + 5
    if i < #keys then
      n = n + 1
      o[n] = ", "
    end
  end
  o[n + 1] = " }\n"
  return n + 1
end

--- What a person would write by hand for the same text.
local function by_hand(c)
  local o, n = {}, 5
  o[1], o[2], o[3] = '[meta]\nname = "', c.test_name:lower(), '"\nauthor = "'
  o[4], o[5] = c.no_such_author or "core-team", '"\n'
  for i, sc in ipairs(c.scenarios) do
    o[n + 1], o[n + 2], o[n + 3] = "\n# scenario ", i, '\n[[scenario]]\nname = "'
    o[n + 4], o[n + 5], o[n + 6] = sc.name:lower(), '"\nservice = "', sc.service
    o[n + 7], o[n + 8], o[n + 9] = '"\ntimeout_s = ', sc.timeout, "\n"
    o[n + 10] = sc.timeout > 100 and c.mode == "full" and "slow = true\n" or "slow = false\n"
    o[n + 11], o[n + 12], o[n + 13] = 'owner = "', (sc.owner or "nobody"):upper(), '"\n'
    n = n + 13
    for _, st in ipairs(sc.steps) do
      o[n + 1], o[n + 2] = '[[scenario.steps]]\nname = "', replace(st.name, "-", "_")
      o[n + 3], o[n + 4], o[n + 5] = '"\nservice = "', sc.service, '"\ncommand = ["sh", "-c", "'
      o[n + 6], o[n + 7] = st.cmd, '"]\n'
      n = n + 7
    end
    for _, sp in ipairs(sc.spans) do
      n = write_span(o, n, sp)
    end
  end
  return table.concat(o)
end

local function timed(count, fn)
  return function()
    local samples = {}
    for i = 1, count do
      local before = clock.cpu()
      fn()
      samples[i] = clock.cpu() - before
    end
    return samples
  end
end

local context = template_text.values()
local cached = template_text.environment(TEMPLATES, true)
assert(cached:render("complex", context) == by_hand(context), "they write different texts")

compare.run({
  name = "template-cached",
  title = ("a compiled template renders %d bytes: loops, macros, filters; CPU time"):format(
    #by_hand(context)),
  rounds = 20,
  cases = {
    { name = "Lua by hand", measure = timed(30, function()
      by_hand(context)
    end) },
    { name = "clnrm", goal = "ratio 1.3", measure = timed(30, function()
      cached:render("complex", context)
    end) },
    { name = "clnrm, with a map to the source", measure = timed(30, function()
      cached:render("complex", context, "map")
    end) },
  },
})

--- Gives the bytes of all units that a rendering used, as the disk has them: of plain templates,
--- which have words instead of code, it has none.
local function stored(templates, name, values)
  units.clear()
  local env = template_text.environment(templates, true)
  assert(env:render(name, values))
  local bytes = {}
  for _, unit in ipairs(env.units) do
    bytes[#bytes + 1] = not unit.words and store.pack(unit) or nil
  end
  return bytes
end

local function first_use(templates, name, values)
  local bytes = stored(templates, name, values)
  local reading = bytes[1] and {
    name = "clnrm, reading the stored bytecode alone", measure = timed(10, function()
      for _, one in ipairs(bytes) do
        assert(store.unpack(one))
      end
    end),
  }
  compare.run({
    name = "template-first-" .. name,
    title = ("set up, compile and render %s, %d bytes, once; CPU time"):format(name,
      #templates[name]),
    rounds = 10,
    cases = {
      { name = "clnrm, from the text", measure = timed(10, function()
        assert(template_text.environment(templates, false):render(name, values))
      end) },
      reading,
    },
  })
end

for _, name in ipairs(template_text.NAMES) do
  first_use(TEMPLATES, name, context)
end
