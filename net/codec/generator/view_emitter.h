// Turns a schema's model into classes that show messages where they lie, without unpacking them.

#ifndef REHEARSE_NET_CODEC_GENERATOR_VIEW_EMITTER_H_
#define REHEARSE_NET_CODEC_GENERATOR_VIEW_EMITTER_H_

#include <string>

#include "rehearse/net/codec/generator/schema_model.h"

namespace rehearse::net {

// "LeafView", of the table's namespace.
std::string ViewName(const TableModel& table);

// The class of one table's view, and the variant of a union's.
void AppendViewClass(const SchemaModel& model, const TableModel& table, std::string& text);
void AppendViewVariant(const SchemaModel& model, const UnionModel& declared, std::string& text);

// For the source: what the checks are called, before anything calls them; they, and the functions
// of the views.
void AppendCheckDeclarations(const SchemaModel& model, std::string& text);
void AppendChecks(const SchemaModel& model, std::string& text);
void AppendViewFunctions(const SchemaModel& model, std::string& text);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_GENERATOR_VIEW_EMITTER_H_
