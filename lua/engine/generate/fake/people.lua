--- Fake people: names, addresses of mail, passwords, telephone numbers.
---@class engine.generate.fake.people
local M = {}

local FIRST = {
  "Ada", "Aiko", "Alba", "Amara", "Anton", "Asha", "Bela", "Bruno", "Carla", "Chidi", "Clara",
  "Dario", "Dina", "Edda", "Elias", "Emil", "Esra", "Fatma", "Felix", "Freya", "Gita", "Greta",
  "Hana", "Hugo", "Ida", "Ines", "Ivo", "Jana", "Jonas", "Juno", "Kai", "Kamal", "Karin", "Kwame",
  "Lena", "Leon", "Lina", "Luca", "Maja", "Malik", "Marta", "Mei", "Milo", "Nadia", "Nils",
  "Noor", "Olga", "Omar", "Pablo", "Petra", "Priya", "Rafa", "Rosa", "Samir", "Sofia", "Sven",
  "Tara", "Theo", "Uma", "Vera", "Viktor", "Yara", "Yusuf", "Zoe",
}

local LAST = {
  "Abebe", "Adler", "Almeida", "Andersen", "Bakker", "Baumann", "Bianchi", "Brandt", "Castillo",
  "Chen", "Costa", "Dahl", "Diallo", "Dubois", "Eriksen", "Farkas", "Fischer", "Fontana", "Garcia",
  "Gruber", "Haddad", "Hansen", "Herrera", "Hoffmann", "Ito", "Ivanov", "Jansen", "Kaplan",
  "Keller", "Khan", "Kowalski", "Kumar", "Lang", "Larsen", "Lindqvist", "Lopez", "Maier", "Mbeki",
  "Meyer", "Moreau", "Nakamura", "Nguyen", "Novak", "Okafor", "Olsen", "Park", "Pereira",
  "Petrov", "Rao", "Ricci", "Rossi", "Sato", "Schmidt", "Silva", "Singh", "Sokolov", "Tanaka",
  "Torres", "Vargas", "Virtanen", "Wagner", "Weber", "Yilmaz", "Zimmer",
}

local TITLES = { "Dr.", "Mr.", "Mrs.", "Ms.", "Mx.", "Prof." }
local SUFFIXES = { "Jr.", "Sr.", "II", "III", "IV", "MD", "PhD" }

-- Names that RFC 2606 and RFC 6761 keep for examples: mail to them goes to nobody.
local MAIL_DOMAINS = { "example.com", "example.net", "example.org" }

local LOWER = "abcdefghijkmnopqrstuvwxyz"
local PASSWORD = LOWER .. "ABCDEFGHJKLMNPQRSTUVWXYZ23456789!#%+-=?@_"

function M.first_name(s)
  return s:pick(FIRST)
end

function M.last_name(s)
  return s:pick(LAST)
end

function M.name(s)
  return s:pick(FIRST) .. " " .. s:pick(LAST)
end

function M.title(s)
  return s:pick(TITLES)
end

function M.suffix(s)
  return s:pick(SUFFIXES)
end

function M.username(s)
  local first, last = s:pick(FIRST):lower(), s:pick(LAST):lower()
  local form = s:below(3)
  if form == 0 then
    return first .. "." .. last
  elseif form == 1 then
    return first:sub(1, 1) .. last
  end
  return first .. s:between(10, 99)
end

function M.email(s)
  return M.username(s) .. "@" .. s:pick(MAIL_DOMAINS)
end

M.PASSWORD_OPTIONS = { min = 8, max = 20 }

function M.password(s, o)
  return s:text(PASSWORD, s:between(o.min, o.max))
end

-- 555-0100 to 555-0199 are kept for fiction in the numbering plan of North America.
function M.phone(s)
  return ("+1-%d%02d-555-01%02d"):format(s:between(2, 9), s:between(1, 10), s:below(100))
end

-- Of the United Kingdom's mobile numbers, 07700 900000 to 900999 are kept for fiction.
function M.cell_phone(s)
  return ("+44 7700 900%03d"):format(s:below(1000))
end

return M
