#include "opener/recipe_forms.h"

#include <exception>
#include <nlohmann/json.hpp>

#include "opener/deidentify_forms.h"

namespace gateway::opener {
namespace {

using nlohmann::json;

json ToJson(const AttributePath& path) {
  json steps = json::array();
  for (const PathStep& step : path.steps) steps.push_back({step.tag, step.creator, step.item});
  return steps;
}

AttributePath PathFrom(const json& steps) {
  AttributePath path;
  for (const json& step : steps) path.steps.push_back({step.at(0), step.at(1), step.at(2)});
  return path;
}

json ToJson(const Edit& edit) {
  json attributes = json::array();
  for (const AttributePath& path : edit.attributes) attributes.push_back(ToJson(path));
  json object{{"kind", static_cast<int>(edit.kind)},
              {"attribute", ToJson(edit.attribute)},
              {"attributes", std::move(attributes)},
              {"source", ToJson(edit.source)},
              {"vr", static_cast<int>(edit.vr)},
              {"text", edit.text},
              {"pattern", edit.pattern},
              {"otherwise", static_cast<int>(edit.otherwise)},
              {"otherwise_text", edit.otherwise_text},
              {"days", edit.days},
              {"secret", edit.secret}};
  if (edit.table) object["table"] = *edit.table;
  return object;
}

Edit EditFrom(const json& object) {
  Edit edit;
  edit.kind = static_cast<EditKind>(object.at("kind").get<int>());
  edit.attribute = PathFrom(object.at("attribute"));
  for (const json& path : object.at("attributes")) edit.attributes.push_back(PathFrom(path));
  edit.source = PathFrom(object.at("source"));
  edit.vr = static_cast<Vr>(object.at("vr").get<int>());
  edit.text = object.at("text");
  edit.pattern = object.at("pattern");
  edit.otherwise = static_cast<Otherwise>(object.at("otherwise").get<int>());
  edit.otherwise_text = object.at("otherwise_text");
  edit.days = object.at("days");
  edit.secret = object.at("secret");
  if (object.contains("table")) {
    edit.table = std::make_shared<const std::map<std::string, std::string, std::less<>>>(
        object.at("table").get<std::map<std::string, std::string, std::less<>>>());
  }
  return edit;
}

}  // namespace

std::string RecipeToText(const Recipe& recipe) {
  json edits = json::array();
  for (const Edit& edit : recipe.edits) edits.push_back(ToJson(edit));
  json object{
      {"edits", std::move(edits)}, {"original_attributes", recipe.original_attributes}, {"system", recipe.system}};
  if (recipe.deidentify) object["deidentify"] = DeidentifyToJson(*recipe.deidentify);
  return object.dump();
}

std::optional<Recipe> RecipeFromText(const std::string& text) {
  try {
    const json object = json::parse(text);
    Recipe recipe;
    for (const json& edit : object.at("edits")) recipe.edits.push_back(EditFrom(edit));
    recipe.original_attributes = object.at("original_attributes");
    recipe.system = object.at("system");
    if (object.contains("deidentify")) recipe.deidentify = DeidentifyFromJson(object.at("deidentify"));
    return recipe;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace gateway::opener
