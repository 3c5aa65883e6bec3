using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace ThemisBridge.Core.Configuration;

/// <summary>Finds configuration keys that nothing is bound to: a misspelt option must not be silently without
/// effect.</summary>
internal static class UnknownKeys
{
    /// <summary>One sentence per unknown key: its path, and what was expected there.</summary>
    public static IEnumerable<string> In(IConfigurationSection section, IReadOnlyList<OptionsKeys> keys) =>
        Check(section, typeof(object), "", keys);

    private static IEnumerable<string> Check(
        IConfigurationSection section, Type type, string path, IReadOnlyList<OptionsKeys> keys)
    {
        if (IsLeaf(type))
        {
            return [];
        }

        if (ElementOf(type) is { } element)
        {
            return section.GetChildren().SelectMany(child => Check(child, element, Below(path, "*"), keys));
        }

        Dictionary<string, Type> permitted = Permitted(type, path, keys);
        return section.GetChildren().SelectMany(child =>
            permitted.TryGetValue(child.Key, out Type? childType)
                ? Check(child, childType, Below(path, child.Key), keys)
                : [$"{child.Path} is not a known key. Expected one of: {string.Join(", ", permitted.Keys.Order())}."]);
    }

    // The properties of the type bound here, and the names that lead to types bound further below.
    private static Dictionary<string, Type> Permitted(Type type, string path, IReadOnlyList<OptionsKeys> keys)
    {
        var permitted = new Dictionary<string, Type>(StringComparer.OrdinalIgnoreCase);
        IEnumerable<Type> bound = keys.Where(key => Same(key.Path, path)).Select(key => key.Type).Append(type);
        foreach (PropertyInfo property in bound
            .SelectMany(one => one.GetProperties(BindingFlags.Public | BindingFlags.Instance)))
        {
            permitted[property.Name] = property.PropertyType;
        }

        foreach (OptionsKeys key in keys)
        {
            string[] parts = key.Path.Split(':');
            int depth = path.Length == 0 ? 0 : path.Split(':').Length;
            if (key.Path.Length > 0 && parts.Length > depth && Same(string.Join(':', parts[..depth]), path))
            {
                permitted.TryAdd(parts[depth], parts.Length == depth + 1 ? key.Type : typeof(object));
            }
        }

        return permitted;
    }

    private static bool IsLeaf(Type type)
    {
        Type actual = Nullable.GetUnderlyingType(type) ?? type;
        return actual.IsPrimitive || actual.IsEnum || actual == typeof(string) || actual == typeof(TimeSpan)
            || actual == typeof(decimal) || actual == typeof(Uri);
    }

    // What a list or dictionary holds; null for a type with properties of its own.
    private static Type? ElementOf(Type type)
    {
        if (type.IsArray)
        {
            return type.GetElementType();
        }

        return type.IsGenericType && typeof(System.Collections.IEnumerable).IsAssignableFrom(type)
            ? type.GetGenericArguments()[^1]
            : null;
    }

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}:{name}";

    private static bool Same(string pattern, string path) =>
        string.Equals(pattern, path, StringComparison.OrdinalIgnoreCase);
}
