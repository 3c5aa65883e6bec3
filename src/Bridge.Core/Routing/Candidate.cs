using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Core.Routing;

/// <summary>A backend that may answer for a model, and the name it serves the model under.</summary>
internal sealed record Candidate(BackendEntry Entry, string ServedModel)
{
    /// <summary>What the backend knows of the model, or null.</summary>
    public ModelDescriptor? Model
    {
        get
        {
            IReadOnlyList<ModelDescriptor> models = Entry.Descriptor.Models;
            for (int i = 0; i < models.Count; i++)
            {
                if (models[i].Name == ServedModel)
                {
                    return models[i];
                }
            }

            return null;
        }
    }
}
