--- Test files that fit, by the hundred thousand: the checker tells nothing of any of them.  And
--- each attribute of the shape is needed: without it a file fits of which the checker tells
--- something.
local docs = dofile(os.getenv("CLNRM_ROOT") .. "/tests/lua/model/fits_documents.lua")
local model = require("engine.model")
local toml = require("core.toml")

local COUNT, COUNT_OF_MUTANTS = 100000, 30000
local BACKENDS = { false, "auto", "docker", "sandbox" }

local function told(text, seed)
  local suite, list = model.parse(text, "/nowhere/x.clnrm.toml", { strict = true,
    backend = BACKENDS[seed % 4 + 1] or nil, as_run = seed % 8 > 3 })
  return not suite or list[1] ~= nil
end

-- What makes a shape narrower; without it more fits.  Rules of `gives` make it wider.
local NARROW = { set = true, refers = true, earlier = true, pairs = true, ["not"] = true,
  max = true, min = true, required = true, beside = true, needs = true, plain = true,
  values = true, rule = true, asks = true }

--- Lists the shapes in which one attribute is left out.
local function mutants(text)
  local lines, list = {}, {}
  for line in text:gmatch("[^\n]*\n") do
    lines[#lines + 1] = line
  end
  for i, line in ipairs(lines) do
    for first, attribute, stop in line:gmatch("() (%S+)()") do
      local name = attribute:match("^([%a_]+)=")
      local is_idle = attribute == "min=0" and line:find("^[tlm]") -- of texts, lists and maps
      if NARROW[name] and not is_idle and not attribute:find(":1:") and not line:find("^port") then
        local low = name == "min" and " min=-9999999999999999" or ""
        local copy = table.move(lines, 1, #lines, 1, {})
        copy[i] = line:sub(1, first - 1) .. low .. line:sub(stop)
        list[#list + 1] = { text = table.concat(copy), what = attribute .. " of " .. line }
      end
    end
  end
  return list
end

describe("engine.model.fits", function()
  local shape = toml.shape(require("engine.model.fits_shape"))

  it("takes no file of which the checker tells something", function()
    local fit = 0
    for seed = 1, COUNT do
      local text = docs.document(seed)
      if toml.fits(text, shape) then
        fit = fit + 1
        assert(not told(text, seed), ("%d\n%s"):format(seed, text))
      end
    end
    assert(fit > COUNT / 4, fit)
  end)

  it("needs each attribute of its shape", function()
    local wrong = docs.wrong()
    for seed = 1, COUNT_OF_MUTANTS do
      local text = docs.document(seed)
      wrong[#wrong + 1] = not toml.fits(text, shape) and told(text, seed) and text or nil
    end
    local alive, all = {}, mutants(require("engine.model.fits_shape"))
    for _, mutant in ipairs(all) do
      local other <close> = toml.shape(mutant.text)
      local is_found = false
      for i = 1, #wrong do
        is_found = is_found or toml.fits(wrong[i], other) ~= nil
        if is_found then
          break
        end
      end
      alive[#alive + 1] = not is_found and mutant.what or nil
    end
    -- some say again what others say: the least length of a text that must be a member of a set
    assert(#alive <= #all // 5, ("%d of %d: %s"):format(#alive, #all, table.concat(alive)))
  end)
end)
